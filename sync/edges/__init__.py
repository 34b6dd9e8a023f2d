"""The edges: all code that touches the world outside, one module for each thing out there.

The core asks for what it needs in `sync/ports.py`; here is who gives it. No edge knows another one's
insides, and nothing but the command line and the daemon puts them together.
"""

"""The bottom of Deskbook: what a form is, and what people's cells mean.

Everything else is about forms, so this package imports none of the others.
"""

"""The token endpoint: a service account's signed assertion against an access token, as RFC 7523 has it."""

import base64
import datetime as dt
import json
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.google.errors import UNAUTHENTICATED, Json, sheets_error
from tests.support.google.world import Account, World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE = "https://oauth2.googleapis.com/token"
"""The audience that google-auth writes into every assertion, wherever it sends it."""
LIFETIME = dt.timedelta(seconds=3599)


class Denied(Exception):  # noqa: N818 - it is what is answered
    """The token endpoint's own kind of refusal: a code, an error word and a description."""

    def __init__(self, code: int, error: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.body = {"error": error, "error_description": description}


@cache
def throw_away_key() -> rsa.RSAPrivateKey:
    """An RSA key made for this run of the tests only."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an access token stands for."""

    mail: str
    scopes: frozenset[str]
    until: dt.datetime


@dataclass(slots=True, kw_only=True)
class Tokens:
    """The access tokens that were handed out."""

    given: dict[str, Token] = field(default_factory=dict)

    def revoke(self, mail: str = "") -> None:
        """Make the tokens of *mail* (or all) worthless."""
        self.given = {word: token for word, token in self.given.items() if mail and token.mail != mail}

    def found(self, header: str, now: dt.datetime) -> Token:
        """Whom an Authorization header speaks for. Raises Answer (401) where its token is unknown or over."""
        token = self.given.get(header.removeprefix("Bearer ").strip())
        if token is None or now >= token.until:
            raise sheets_error(401, "UNAUTHENTICATED", UNAUTHENTICATED)
        return token

    def exchange(self, world: World, raw: bytes, audience: str) -> Json:
        """A new token for the assertion in a form. Raises Denied in the words that Google uses."""
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        if form.get("grant_type") != JWT_BEARER:
            raise Denied(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        claims = _claims(world, form.get("assertion", ""), audience)
        word = "ya29." + world.new_id(60, "c.")
        scopes = frozenset(str(claims.get("scope", "")).split())
        self.given[word] = Token(mail=claims["iss"], scopes=scopes, until=world.clock.now() + LIFETIME)
        return {"access_token": word, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}


def _claims(world: World, assertion: str, audience: str) -> Json:
    parts = assertion.split(".")
    if len(parts) != 3:
        raise Denied(400, "invalid_grant", "Invalid JWT: Failed to decode.")
    claims: Json = json.loads(_decoded(parts[1]))
    account = world.accounts.get(claims.get("iss", ""))
    if account is None:
        raise Denied(400, "invalid_grant", "Invalid grant: account not found")
    if account.disabled:
        raise Denied(400, "invalid_grant", "Invalid grant: account disabled")
    _check_signature(account, ".".join(parts[:2]).encode(), _decoded(parts[2]))
    if claims.get("aud") not in (GOOGLE, audience):
        raise Denied(400, "invalid_grant", "Invalid JWT: audience is not the token endpoint.")
    if not 0 < claims.get("exp", 0) - claims.get("iat", 0) <= 3600:
        raise Denied(
            400,
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )
    if claims.get("sub", claims["iss"]) != claims["iss"]:
        raise Denied(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
            "of the scopes requested.",
        )
    if not claims.get("scope"):
        raise Denied(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return claims


def _check_signature(account: Account, signed: bytes, signature: bytes) -> None:
    key = serialization.load_pem_public_key(account.public_key)
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Denied(400, "invalid_grant", "Invalid JWT Signature.") from None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

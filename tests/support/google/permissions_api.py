"""The methods of the Drive API on permissions: who is let in, and how far."""

from tests.support.google.asked import Asked, Reply
from tests.support.google.drive import ROLES, Permission
from tests.support.google.drive_api import found_file
from tests.support.google.errors import Json, drive_error, file_not_permitted, not_modelled
from tests.support.google.masks import cut, mask_of
from tests.support.google.world import World

SHORT = "kind,id,type,role"
KINDS = ("user", "group", "domain", "anyone")


def _told(asked: Asked, one: Permission) -> Reply:
    mask = mask_of(asked.one("fields") or SHORT)
    return Reply(body=cut(one.json(), {} if "*" in mask else mask))


def list_permissions(world: World, asked: Asked) -> Reply:
    file = found_file(world, asked, "writer")
    mask = mask_of(asked.one("fields") or f"kind,nextPageToken,permissions({SHORT})")
    body: Json = {
        "kind": "drive#permissionList",
        "permissions": [one.json() for one in file.permissions.values()],
    }
    return Reply(body=cut(body, {} if "*" in mask else mask))


def create(world: World, asked: Asked) -> Reply:
    file = found_file(world, asked, "writer")
    look = asked.body()
    kind, role = look.get("type"), look.get("role")
    if kind not in KINDS:
        raise drive_error(400, "invalid", "The permission type field is required.", "permission.type")
    if role not in ROLES:
        raise drive_error(400, "invalid", "The permission role field is required.", "permission.role")
    if kind in ("user", "group") and "@" not in (look.get("emailAddress") or ""):
        raise drive_error(
            400, "invalidSharingRequest", 'Bad Request. User message: "The email address is not valid."'
        )
    if kind == "group":
        raise not_modelled("permissions of groups")
    if role == "owner":
        if not asked.yes("transferOwnership"):
            raise drive_error(
                403,
                "forbidden",
                "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
                "transferOwnership",
            )
        raise not_modelled("transfers of ownership")
    found = world.grant(file, kind, role, look.get("emailAddress") or "", look.get("domain") or "")
    return _told(asked, found)


def _found(world: World, asked: Asked) -> tuple[dict[str, Permission], Permission]:
    file = found_file(world, asked, "writer")
    one = file.permissions.get(asked.parts["permissionId"])
    if one is None:
        raise drive_error(
            404, "notFound", f"Permission not found: {asked.parts['permissionId']}.", "permissionId"
        )
    return file.permissions, one


def get(world: World, asked: Asked) -> Reply:
    return _told(asked, _found(world, asked)[1])


def update(world: World, asked: Asked) -> Reply:
    permissions, one = _found(world, asked)
    role = asked.body().get("role")
    if role not in ROLES[:-1] or one.role == "owner":
        raise file_not_permitted() if one.role == "owner" else not_modelled(f"the role {role}")
    permissions[one.id] = Permission(id=one.id, kind=one.kind, role=role, mail=one.mail, domain=one.domain)
    return _told(asked, permissions[one.id])


def delete(world: World, asked: Asked) -> Reply:
    permissions, one = _found(world, asked)
    if one.role == "owner":
        raise file_not_permitted()
    del permissions[one.id]
    return Reply(code=204)

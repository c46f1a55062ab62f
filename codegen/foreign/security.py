"""Which of the client's schemes the security of a document means."""

from __future__ import annotations

from codegen.foreign.place import Inexpressible, Json, Place, follow


def security(place: Place, operation: Json, document: Json) -> list[dict[str, list[str]]]:
    """The schemes of an operation as our specs have them; none where it needs no credentials.

    Raises:
        Inexpressible: where the client has none of what it asks for.
    """
    alternatives: list[Json] = operation.get("security", document.get("security")) or []
    root = Place(place.file)
    found = [_scheme(root, alternative, document) for alternative in alternatives]
    schemes = [scheme for scheme in dict.fromkeys(found) if scheme]
    if alternatives and not schemes and {} not in alternatives:
        names = " or ".join(" and ".join(alternative) for alternative in alternatives)
        raise Inexpressible(place / "security", f"the client has no credentials for {names}")
    return [{scheme: []} for scheme in schemes]


def _scheme(root: Place, alternative: Json, document: Json) -> str:
    described = document.get("components", {}).get("securitySchemes", {})
    schemes = []
    for name in alternative:
        if name not in described:
            raise Inexpressible(root / "components" / "securitySchemes", f"there is no {name}")
        schemes.append(follow(root / "components" / "securitySchemes" / name, described[name])[1])
    kinds = {(s.get("type"), str(s.get("scheme", "")).lower()) for s in schemes}
    if kinds == {("http", "basic")}:
        return "basic"
    if kinds == {("http", "bearer")}:
        return "jwt"
    header = next(
        (s for s in schemes if (s.get("in"), str(s.get("name")).lower()) == ("header", "authorization")), None
    )
    if len(schemes) == 1 and header is not None:  # which of the two, only its name and description tell
        words = f"{next(iter(alternative))} {header.get('description', '')}".lower()
        return "jwt" if "jwt" in words or "bearer" in words else "basic" if "basic" in words else ""
    in_query = {s.get("name") for s in schemes if s.get("type") == "apiKey" and s.get("in") == "query"}
    if len(in_query) == len(schemes) and in_query:
        if "sig" in in_query:
            return "signature"
        if in_query <= {"api_key", "api_secret"}:
            return "apiKeySecret"
    return ""

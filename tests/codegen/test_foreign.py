"""Packages from documents as other people write them."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import yaml

from aiovonage import NULL, InvalidValue, UnknownValueWarning, Vonage, encode
from codegen.foreign.package import make_package, normalised
from codegen.foreign.place import Inexpressible, document
from codegen.names import member_name
from codegen.spec import ROOT

SHARED = """
components:
  responses:
    Refused:
      description: It was refused.
      content: {application/json: {schema: {$ref: "#/components/schemas/error"}}}
  schemas:
    error: {type: object, properties: {code: {type: integer}, text: {type: string}}}
    audit:
      properties:
        created_at: {type: string, format: date-time}
        by: {$ref: "#/components/schemas/person"}
    person:
      type: object
      properties:
        name: {type: string}
        boss: {$ref: "#/components/schemas/person"}
"""
GARAGE = """
openapi: 3.0.2
info: {title: Garage API, version: 1.2.3, description: 'Cars "and" \\\\ more.'}
servers:
  - url: "https://{region}.garage.example/v1/garage"
    variables: {region: {default: eu, enum: [eu, us]}}
security: [{auth: []}]
paths:
  /cars/{car-id}:
    parameters:
      - {name: car-id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getCar
      responses:
        200: {description: OK, content: {application/json: {schema: {$ref: "#/components/schemas/car"}}}}
        4XX: {$ref: "shared.yml#/components/responses/Refused"}
    delete:
      responses: {"204": {description: Gone.}}
    put:
      operationId: paint-car
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [colour]
              properties:
                colour: {type: string, enum: [red, 2-tone]}
                layers: {type: integer, minimum: 1, maximum: 3, exclusiveMinimum: false}
                note: {type: string, nullable: true}
                shop: {type: object, properties: {city: {type: string}}}
                tags: {type: object, additionalProperties: {type: string}}
                parts:
                  type: array
                  items: {type: object, properties: {"part-no": {type: string}, "@id": {type: integer}}}
      responses:
        "200":
          description: Painted.
          content: {application/json: {schema: {type: object, properties: {job: {type: string}}}}}
  /cars:
    get:
      operationId: listCars
      parameters:
        - {name: page, in: query, schema: {type: integer, default: 1}}
        - {name: size, in: query, schema: {type: integer, default: 2}}
        - {name: colours, in: query, explode: false, style: form, schema: {type: array, items: {type: string}}}
        - {name: Accept, in: header, schema: {type: string}}
      responses:
        "200":
          description: OK
          content:
            application/hal+json:
              schema:
                type: object
                properties:
                  count: {type: integer}
                  cars: {type: array, items: {$ref: "#/components/schemas/car"}}
    post:
      operationId: addCar
      security: []
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [make]
              properties:
                make: {type: string}
                electric: {type: boolean}
                options: {type: array, items: {type: string}}
      callbacks: {onReady: {"{$request.body#/url}": {post: {responses: {"200": {description: OK}}}}}}
      responses: {"201": {description: OK, content: {application/json: {schema: {$ref: "#/components/schemas/car"}}}}}
  /jobs:
    post:
      operationId: createJob
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/job"}}}
      responses:
        "202":
          description: OK
          content: {application/json: {schema: {oneOf: [{type: string}, {type: integer}]}}}
components:
  securitySchemes: {auth: {type: http, scheme: basic}}
  schemas:
    vehicle-base:
      type: object
      required: [id]
      properties:
        id: {type: string}
        wheels: {type: integer}
    plate: {type: string, maxLength: 8, pattern: "^[A-Z0-9-]+$"}
    car:
      allOf:
        - $ref: "#/components/schemas/vehicle-base"
        - $ref: "shared.yml#/components/schemas/audit"
        - type: object
          required: [plate]
          properties:
            plate: {$ref: "#/components/schemas/plate"}
            wheels: {type: integer, description: Four of them.}
            class: {type: string}
            owner: {nullable: true, allOf: [{$ref: "shared.yml#/components/schemas/person"}]}
    job:
      oneOf: [{$ref: "#/components/schemas/wash"}, {$ref: "#/components/schemas/repair"}]
      discriminator:
        propertyName: kind
        mapping: {wash: "#/components/schemas/wash", fix: "#/components/schemas/repair"}
    wash: {type: object, required: [kind], properties: {kind: {type: string}, wax: {type: boolean}}}
    repair: {type: object, required: [kind, part], properties: {kind: {type: string}, part: {type: string}}}
"""


@pytest.fixture
def garage(tmp_path: Path) -> Path:
    """The document, beside the file that it refers to."""
    (tmp_path / "shared.yml").write_text(SHARED, "utf-8")
    (tmp_path / "garage.v1.yml").write_text(GARAGE, "utf-8")
    document.cache_clear()
    return tmp_path / "garage.v1.yml"


@pytest.fixture
def package(garage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The package that is written from it."""
    made = make_package(garage, "my_garage", tmp_path / "out")
    assert made.classes == ["Garage"]
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    yield importlib.import_module("my_garage")
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_garage"]:
        del sys.modules[name]


class Server:
    """Answers by path, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        car = {"id": "c1", "plate": "B-1", "wheels": 4, "by": {"name": "Ada", "boss": {"name": "Bob"}}, "owner": None}
        if request.url.path.endswith("/cars") and request.method == "GET":
            page = int(request.url.params.get("page", 1))
            return httpx.Response(
                200, json={"count": 3, "cars": [car | {"id": f"c{page}{i}"} for i in range(3 - page)]}
            )
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.url.path.endswith("/jobs"):
            return httpx.Response(202, json=17)
        if request.method == "PUT":
            return httpx.Response(200, json={"job": "j"})
        return httpx.Response(201 if request.method == "POST" else 200, json=car)


async def test_a_document_runs_on_the_same_client(package: Any) -> None:
    server = Server()
    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(server)) as vonage:
        garage = vonage.use(package.Garage)
        car = await garage.get_car("a/b")
        assert (car.id, car.plate, car.wheels, car.by.boss.name) == ("c1", "B-1", 4, "Bob")
        assert await garage.delete_cars_car_id("c1") is None
        painted = await garage.paint_car(
            "c1", colour="2-tone", parts=[package.PaintCarRequestPartsItem(part_no="7", id=3)]
        )
        assert painted.job == "j"
        assert await garage.create_job(package.Repair(part="door")) == 17
        listed = [item.id async for item in garage.list_cars(colours=["red", "blue"])]
        await garage.add_car(make="VW", electric=True, options=["a b", "c"])
        raw = await vonage.use(importlib.import_module("my_garage.raw").RawGarage).get_car("c1")
        assert (raw.parsed.id, raw.status) == ("c1", 200)
    urls = [str(request.url) for request in server.requests]
    assert urls[0] == "https://eu.garage.example/v1/garage/cars/a%2Fb"
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert server.requests[2].read() == b'{"colour":"2-tone","parts":[{"part-no":"7","@id":3}]}'
    assert server.requests[3].read() == b'{"kind":"fix","part":"door"}'
    assert listed == ["c10", "c11", "c20"]
    assert [request.url.params.get("colours") for request in server.requests[4:6]] == ["red,blue"] * 2
    form = server.requests[-2]
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(form.read().decode()) == {"make": ["VW"], "electric": ["true"], "options": ["a b", "c"]}
    assert "authorization" not in form.headers


def test_what_is_sent_is_checked(package: Any) -> None:
    with pytest.raises(InvalidValue, match="layers must be at most 3"):
        package.PaintCarRequest(colour="red", layers=4)
    with pytest.warns(UnknownValueWarning, match="'red'"):
        assert encode(package.PaintCarRequest(colour="rad"))["colour"] == "rad"
    assert encode(package.PaintCarRequest(colour="red", note=NULL)) == {
        "colour": "red",
        "note": None,
    }


@pytest.mark.slow
def test_the_package_passes_mypy_strict(package: Any, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(
        """
from typing import assert_type
from aiovonage import Page, Pager, RawResponse, Vonage
from my_garage import Car, Garage, PaintCarResponse, Wash
from my_garage.raw import RawGarage

async def main(vonage: Vonage) -> None:
    garage = vonage.use(Garage)
    assert_type(await garage.get_car("c1"), Car)
    assert_type(garage.list_cars(page=2), Pager[Car])
    assert_type(await garage.paint_car("c1", colour="red"), PaintCarResponse)
    assert_type(await garage.create_job(Wash(wax=True)), str | int)
    await garage.paint_car("c1", color="red")  # type: ignore[call-overload]
    assert_type(await vonage.use(RawGarage).list_cars(), RawResponse[Page[Car]])
""",
        "utf-8",
    )
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\nmypy_path = out\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file=mypy.ini", "--cache-dir=cache", "user.py", "out/my_garage"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_not_carried_over_is_told(garage: Path) -> None:
    _, notes = normalised(garage, "my_garage")
    assert [note.partition(": ")[2] for note in notes] == [
        "requests to you are not generated",
        "`exclusiveMinimum` is not checked by the client",
    ]
    assert all(note.startswith("garage.v1.yml#/") for note in notes)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("buyANumber", "buy_a_number"),
        ("getSMSPrice", "get_sms_price"),
        ("redact-message", "redact_message"),
        ("listV2Users", "list_v2_users"),
        ("import", "import_"),
        ("2fa", "value_2fa"),
        ("@id", "id"),
    ],
)
def test_names_are_those_that_python_programmers_expect(given: str, name: str) -> None:
    assert member_name(given) == name


def at(spec: Any, *path: Any) -> Any:
    for part in path:
        spec = spec[part]
    return spec


CAR = ("paths", "/cars/{car-id}", "get")
INEXPRESSIBLE: list[tuple[str, Any, str, str]] = [
    (
        "a header",
        lambda s: at(s, *CAR).update(parameters=[{"name": "X-Shop", "in": "header", "schema": {"type": "string"}}]),
        "/paths/~1cars~1{car-id}/get/parameters/0",
        "X-Shop: a parameter in a header",
    ),
    (
        "a file to upload",
        lambda s: at(s, "paths", "/jobs", "post").update(requestBody={"content": {"multipart/form-data": {}}}),
        "/paths/~1jobs/post/requestBody",
        "multipart/form-data",
    ),
    (
        "a file to download",
        lambda s: at(s, *CAR, "responses", 200).update(content={"audio/mpeg": {}}),
        "/paths/~1cars~1{car-id}/get/responses/200",
        "audio/mpeg",
    ),
    (
        "a negation",
        lambda s: at(s, "components", "schemas", "plate").update({"not": {"pattern": "X"}}),
        "/components/schemas/plate",
        "`not`",
    ),
    (
        "parts that contradict each other",
        lambda s: at(s, "components", "schemas", "vehicle-base").update(type="array", items={}),
        "/components/schemas/car/allOf",
        "allOf: type differs",
    ),
    (
        "a key in a header",
        lambda s: at(s, "components", "securitySchemes").update(
            auth={"type": "apiKey", "in": "header", "name": "X-Key"}
        ),
        "/paths/~1cars~1{car-id}/get/security",
        "no credentials for auth",
    ),
    (
        "an object in the query",
        lambda s: at(s, "paths", "/cars", "get", "parameters").append(
            {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
        ),
        "/paths/~1cars/get/parameters/4",
        "filter: an object in the query",
    ),
    (
        "an object in a form",
        lambda s: at(
            s, "paths", "/cars", "post", "requestBody", "content", "application/x-www-form-urlencoded", "schema"
        )["properties"].update(engine={"type": "object"}),
        "/paths/~1cars/post/requestBody",
        "engine: an object in a form",
    ),
    ("no server", lambda s: s.pop("servers"), "/servers", "--server"),
    ("a server without a host", lambda s: s.update(servers=[{"url": "/v1"}]), "/paths", "not the URL of a server"),
    (
        "a name that stands twice",
        lambda s: at(s, "paths", "/jobs", "post").update(operationId="get_car"),
        "/paths/~1jobs/post",
        "get_car is the name of",
    ),
    (
        "two members of one name",
        lambda s: at(s, "components", "schemas", "wash", "properties").update({"Wax": {"type": "boolean"}}),
        "/components/schemas/wash",
        "wax and Wax",
    ),
    (
        "a reference to nothing",
        lambda s: at(s, "components", "schemas").pop("plate"),
        "/components/schemas/plate",
        "nothing stands there",
    ),
    (
        "a file that is not there",
        lambda s: at(s, "components", "schemas").update(plate={"$ref": "other.yml#/plate"}),
        "/components/schemas/plate",
        "there is no file other.yml",
    ),
    (
        "another machine",
        lambda s: at(s, "components", "schemas").update(plate={"$ref": "https://x.example/y.yml#/plate"}),
        "/components/schemas/plate",
        "download it",
    ),
    (
        "a circle",
        lambda s: at(s, "components", "schemas").update(plate={"$ref": "#/components/schemas/plate"}),
        "/components/schemas/plate",
        "refers to itself",
    ),
    ("HEAD", lambda s: at(s, "paths", "/jobs").update(head={}), "/paths/~1jobs/head", "HEAD"),
    ("Swagger", lambda s: s.update(openapi="2.0"), "#", "OpenAPI 3.0 or 3.1 is expected, not 2.0"),
]


@pytest.mark.parametrize(
    ("mutate", "place", "words"), [case[1:] for case in INEXPRESSIBLE], ids=[case[0] for case in INEXPRESSIBLE]
)
def test_what_cannot_be_expressed_is_an_error_that_names_the_place(
    mutate: Any, place: str, words: str, garage: Path
) -> None:
    spec = yaml.safe_load(GARAGE)
    mutate(spec)
    garage.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    document.cache_clear()
    with pytest.raises(Inexpressible) as raised:
        normalised(garage, "my_garage")
    assert str(raised.value).startswith("garage.v1.yml#")
    assert place in str(raised.value)
    assert words in str(raised.value)


@pytest.mark.slow
def test_the_command_writes_and_says_how_to_use_it(garage: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "codegen", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    done = run("--spec", str(garage), "--package", "shops.garage", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "vonage.use(shops.garage.Garage)" in done.stdout
    assert "note: garage.v1.yml#/paths/~1cars/post/callbacks" in done.stderr
    assert {file.name for file in (tmp_path / "shops" / "garage").iterdir()} == {
        "__init__.py",
        "endpoints.py",
        "models.py",
        "operations.py",
        "params.py",
        "py.typed",
        "raw.py",
    }
    assert run("--spec", str(garage)).returncode == 2
    assert run("--spec", str(tmp_path / "none.yml"), "--package", "x").returncode == 1


def test_what_is_written_around_a_reference_applies_to_it(tmp_path: Path) -> None:
    (tmp_path / "odd.yml").write_text(
        """
openapi: 3.0.0
info: {title: Odd}
servers: [{url: "https://odd.example/"}]
paths:
  /a/{id}:
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/a"}}}}
      responses:
        default: {description: OK, content: {application/json: {schema: {$ref: "#/components/schemas/b"}}}}
components:
  schemas:
    a:
      type: object
      properties:
        id: {type: string, required: true}
        code: {type: string, pattern: "[[:alpha:"}
        sub: {description: The b., nullable: true, allOf: [{$ref: "#/components/schemas/b"}]}
        to: {anyOf: [{$ref: "#/components/schemas/b"}, {type: "null"}]}
    b:
      type: object
      required: [kind]
      properties: {kind: {type: string}}
      oneOf:
        - {title: Text, properties: {text: {type: string}}}
        - {properties: {image: {type: string, format: uri}}}
""",
        "utf-8",
    )
    document.cache_clear()
    spec, notes = normalised(tmp_path / "odd.yml", "odd")
    assert set(spec.schemas) == {"A", "B", "BText", "B2"}
    assert set(spec.schemas["BText"]["properties"]) == {"kind", "text"}
    b_or_null = [{"$ref": "#/components/schemas/B"}, {"type": "null"}]
    assert spec.schemas["A"]["properties"]["sub"] == {"anyOf": b_or_null, "description": "The b."}
    assert spec.schemas["A"]["properties"]["to"]["anyOf"] == b_or_null
    assert "200" in spec.data["paths"]["/a/{id}"]["put"]["responses"]
    assert [note.rpartition(": ")[0] for note in notes] != []
    make_package(tmp_path / "odd.yml", "odd", tmp_path / "out")
    source = (tmp_path / "out" / "odd" / "endpoints.py").read_text("utf-8")
    assert "def put_a_id(self, id: str, body: A) -> B:" in source  # `id` could be either


def test_openapi_3_1_with_types_in_lists(tmp_path: Path) -> None:
    (tmp_path / "small.yml").write_text(
        """
openapi: 3.1.0
info: {title: Small}
servers: [{url: "https://small.example"}]
paths:
  /things:
    get:
      parameters:
        - {name: cursor, in: query, schema: {type: string}}
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema:
                type: object
                properties:
                  _embedded:
                    type: object
                    properties:
                      things:
                        type: array
                        items:
                          type: object
                          properties:
                            id: {type: [string, integer]}
                            size: {type: [integer, "null"]}
                            day: {type: string, format: date}
                            kind: {const: thing}
                  _links:
                    type: object
                    properties: {next: {type: object, properties: {href: {type: string}}}}
""",
        "utf-8",
    )
    document.cache_clear()
    spec, notes = normalised(tmp_path / "small.yml", "small")
    operation = spec.data["paths"]["/things"]["get"]
    assert operation["operationId"] == "get_things"
    assert operation["x-pagination"] == {
        "style": "cursor",
        "items": "/_embedded/things",
        "next": "/_links/next/href",
        "parameter": "cursor",
    }
    assert operation["security"] == []
    assert notes == []
    thing = spec.schemas["GetThingsResponseEmbeddedThingsItem"]["properties"]
    assert thing["id"]["type"] == ["string", "integer"]
    assert make_package(tmp_path / "small.yml", "small", tmp_path / "out").classes == ["Small"]

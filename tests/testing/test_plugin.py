"""The fixtures `vonage_sandbox` and `vonage`, as users' own test suites see them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from codegen.spec import ROOT

pytest_plugins = ["pytester"]

CALLS = """
    import pytest
    from aiovonage import ConnectionFailed, RateLimited

    async def brands(vonage):
        return [brand.brand_id async for brand in vonage.ten_dlc.list_brands()]
"""

STRICT = ["-p", "aiovonage.testing", "-W", "error", "--strict-markers", "--strict-config"]
STRICT += ["-o", "asyncio_default_fixture_loop_scope=function"]
for unused in ("schemathesis", "typeguard", "valkey"):  # a second to import
    STRICT += ["-p", f"no:{unused}"]

Run = Callable[..., pytest.RunResult]


IMPORTED = (
    "aiovonage.testing._running", "aiovonage.api.ten_dlc", "aiovonage.bulk._jobs.link", "aiovonage._core.http.pool",
    "aiovonage._core.http.httpx_adapter", "aiovonage._core.http.httpcore_connection", "aiovonage._core.http.preload",
    "cattrs", "opentelemetry.metrics", "opentelemetry.trace", "phonenumbers", "uvicorn.protocols.http.httptools_impl",
)  # fmt: skip
"""What an inner run of pytest imports, and forgets at its end."""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a test file with the plugin. Warnings are errors: nothing may be left open."""
    for module in IMPORTED:
        importlib.import_module(module)  # once, and not in every run

    def run_file(source: str, *arguments: str, mode: str = "auto", calls: str = CALLS) -> pytest.RunResult:
        pytester.makepyfile(f"{calls}\n{source}")
        return pytester.runpytest_inprocess(*STRICT, "-o", f"asyncio_mode={mode}", *arguments)

    return run_file


IN_AUTO_MODE = """
    async def test_a_client_asks_the_sandbox(vonage, vonage_sandbox):
        assert await brands(vonage) == ["BLQKOPK"]
        vonage_sandbox.state.link("12025550101", "C1DEB879")
        page = await vonage.ten_dlc.list_numbers("BLQKOPK", "C1DEB879")
        assert [entry.number for entry in page] == ["12025550101"]

    async def test_the_next_test_has_a_sandbox_of_its_own(vonage_sandbox):
        assert not vonage_sandbox.state.numbers
"""

IN_STRICT_MODE = IN_AUTO_MODE.replace("    async def", "    @pytest.mark.asyncio\n    async def")

WITH_ANYIO = (
    IN_AUTO_MODE.replace("    async def", "    @pytest.mark.anyio\n    async def")
    + """
    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""
)

WITHOUT_A_PLUGIN = """
    import asyncio

    def test_a_client_asks_the_sandbox(vonage):
        for _ in range(2):
            assert asyncio.run(brands(vonage)) == ["BLQKOPK"]

    async def of_numbers(vonage):
        return await vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", range(12025550100, 12025550200))

    def test_a_job(vonage):
        assert asyncio.run(of_numbers(vonage)).accepted == 100
"""


@pytest.mark.parametrize("socket", ["false", "true"])
@pytest.mark.parametrize(
    ("source", "mode", "more"),
    [
        (IN_AUTO_MODE, "auto", []),
        (IN_STRICT_MODE, "strict", []),
        (WITH_ANYIO, "strict", []),
        (WITHOUT_A_PLUGIN, "strict", []),
    ],
    ids=["auto", "strict", "anyio", "asyncio.run"],
)
def test_they_work_with_every_plugin_of_asyncio(run: Run, source: str, mode: str, more: list[str], socket: str) -> None:
    run(source, "-o", f"vonage_sandbox_socket={socket}", *more, mode=mode).assert_outcomes(passed=2)


@pytest.mark.parametrize("socket", ["false", "true"])
def test_every_credential_is_there(run: Run, socket: str) -> None:
    source = """
    async def test_each_scheme(vonage):
        assert await brands(vonage)                                  # basic
        assert (await vonage.users.list_users()).items == []         # a token
        assert len(await vonage.opt_ins.query()) == 3                # a signature
    """
    run(source, "-o", f"vonage_sandbox_socket={socket}").assert_outcomes(passed=1)


@pytest.mark.parametrize("socket", ["False", "True"])
def test_cut_connections_fail_alike_with_and_without_a_socket(run: Run, socket: str) -> None:
    source = f"""
    from aiovonage.api.ten_dlc import LinkNumber

    body = LinkNumber(country="US", number="12025550101")

    @pytest.mark.vonage_sandbox(dropped_connections=1.0, socket={socket})
    async def test_dropped(vonage, vonage_sandbox):
        with pytest.raises(ConnectionFailed) as raised:
            await vonage.ten_dlc.link_number("BLQKOPK", "C1DEB879", body)
        assert raised.value.sent
        assert not vonage_sandbox.state.numbers

    @pytest.mark.vonage_sandbox(lost_responses=1.0, socket={socket})
    async def test_lost(vonage, vonage_sandbox):
        with pytest.raises(ConnectionFailed) as raised:
            await vonage.ten_dlc.link_number("BLQKOPK", "C1DEB879", body)
        assert raised.value.sent
        assert list(vonage_sandbox.state.numbers) == ["12025550101"]
    """
    run(source).assert_outcomes(passed=2)


@pytest.mark.parametrize("socket", ["False", "True"])
def test_a_call_that_is_cancelled_or_times_out_leaves_nothing_behind(run: Run, socket: str) -> None:
    source = f"""
    import asyncio
    from aiovonage import TimedOut

    @pytest.mark.vonage_sandbox(latency=30.0, socket={socket})
    async def test_timeout(vonage):
        with pytest.raises(TimedOut):
            await brands(vonage.with_options(timeout=0.05, max_retries=0))

    @pytest.mark.vonage_sandbox(latency=30.0, socket={socket})
    async def test_cancel(vonage):
        task = asyncio.create_task(brands(vonage))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    """
    run(source).assert_outcomes(passed=2)


def test_who_is_nearer_to_the_test_wins(run: Run) -> None:
    source = """
    def limit(sandbox):
        return sandbox.app._limit[0], sandbox.app._faults.error_rate, sandbox.app._faults.seed

    def test_of_the_ini(vonage_sandbox):
        assert limit(vonage_sandbox) == (50.0, 0.25, 7)

    @pytest.mark.vonage_sandbox(rate=10)
    class TestOfAMarker:
        def test_of_the_class(self, vonage_sandbox):
            assert limit(vonage_sandbox) == (10, 0.25, 7)

        @pytest.mark.vonage_sandbox(rate=None, error_rate=0)
        def test_of_the_function(self, vonage_sandbox):
            assert limit(vonage_sandbox) == (None, 0, 7)

    class TestOfTheFixture:
        @pytest.fixture
        def vonage_sandbox_options(self):
            from aiovonage.sandbox import Faults

            return {"rate": 20, "faults": Faults(error_rate=0.5)}

        @pytest.fixture
        def vonage_options(self):
            return {"max_retries": 0}

        def test_of_the_fixture(self, vonage_sandbox):
            assert limit(vonage_sandbox) == (20, 0.5, 0)

        @pytest.mark.vonage_sandbox(rate=0.01, burst=1, error_rate=0)
        async def test_of_the_marker_on_top(self, vonage, vonage_sandbox):
            assert limit(vonage_sandbox) == (0.01, 0, 0)
            vonage_sandbox.app._bucket.admits()
            with pytest.raises(RateLimited):
                await brands(vonage)
                await brands(vonage)
    """
    ini = ["-o", "vonage_sandbox_rate=50", "-o", "vonage_sandbox_faults=error_rate=0.25 seed=7"]
    run(source, *ini).assert_outcomes(passed=5)


def test_everything_that_a_sandbox_takes_can_be_set(run: Run) -> None:
    source = """
    from aiovonage import NotFound
    from aiovonage.api.ten_dlc import LinkNumber
    from aiovonage.sandbox import Carriers

    body = LinkNumber(country="US", number="12025550101")
    PATH = "BLQKOPK", "C1DEB879"

    @pytest.mark.vonage_sandbox(carriers_delay=60, carriers_words="live", number_format="plus", max_page_size=1)
    async def test_carriers(vonage):
        assert (await vonage.ten_dlc.link_number(*PATH, body)).status == "LINKING"
        (shown,) = await vonage.ten_dlc.list_numbers(*PATH).collect()
        assert (shown.number, shown.status) == ("+12025550101", "LINKING")

    @pytest.mark.vonage_sandbox(carriers=Carriers(reject=1.0), carriers_words="live")
    async def test_a_whole_object(vonage):
        await vonage.ten_dlc.link_number(*PATH, body)
        assert (await vonage.ten_dlc.get_number(*PATH, "12025550101")).status == "REJECTED"

    @pytest.mark.vonage_sandbox(visible_after=60)
    async def test_visibility(vonage):
        await vonage.ten_dlc.link_number(*PATH, body)
        with pytest.raises(NotFound):
            await vonage.ten_dlc.get_number(*PATH, "12025550101")

    async def test_an_intermediary(vonage_sandbox):
        assert vonage_sandbox.app._faults.intermediary_kinds == ("302", "404-json")

    async def test_an_aimed_fault(vonage, vonage_sandbox, vonage_options):
        vonage_sandbox.fail_next("ten_dlc.list_brands", 429, retry_after=2)
        with pytest.raises(RateLimited) as raised:
            await brands(vonage.with_options(max_retries=0))
        assert raised.value.retry_after == 2
        assert await brands(vonage) == ["BLQKOPK"]
    """
    run(source, "-o", "vonage_sandbox_faults=intermediary_kinds=302,404-json").assert_outcomes(passed=5)


def test_a_sandbox_of_the_users_own(run: Run) -> None:
    source = """
    from aiovonage.sandbox import Sandbox

    @pytest.fixture
    def vonage_sandbox():
        sandbox = Sandbox(api_key="mine")
        sandbox.state.link("12025550101", "C1DEB879")
        return sandbox

    async def test_the_client_is_on_it(vonage):
        assert repr(vonage) == "Vonage(account='mine')"
        assert (await vonage.ten_dlc.get_number("BLQKOPK", "C1DEB879", "12025550101")).number == "12025550101"
    """
    run(source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("decorator", "ini", "words"),
    [
        ("@pytest.mark.vonage_sandbox(speed=3)", [], "*'speed' is not a setting; use one of: *rate*"),
        ("@pytest.mark.vonage_sandbox(30)", [], "*takes its settings by name*"),
        ("@pytest.mark.vonage_sandbox(error_rate=2)", [], "*Faults.error_rate must be a share from 0 to 1*"),
        ("@pytest.mark.vonage_sandbox(carriers_reject=2)", [], "*Carriers.reject must be a share from 0 to 1*"),
        (
            "@pytest.mark.vonage_sandbox(carrier_delay=2)",
            [],
            "*'carrier_delay' is not a setting; *carriers_delay*",
        ),
        ("", ["-o", "vonage_sandbox_rate=fast"], "*rate is not a number: 'fast'"),
        ("", ["-o", "vonage_sandbox_faults=eror_rate=1"], "*'eror_rate' is not a fault; use one of: *error_rate*"),
    ],
)
def test_a_setting_that_does_not_exist_is_named(run: Run, decorator: str, ini: list[str], words: str) -> None:
    result = run(f"    {decorator}\n    def test_it(vonage_sandbox): ...", *ini)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"E*UsageError: {words}"])


def test_settings_of_the_environment_do_not_matter(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VONAGE_BASE_URL", "https://api.nexmo.com")
    monkeypatch.setenv("VONAGE_API_SECRET", "real")
    monkeypatch.setenv("VONAGE_SIGNATURE_METHOD", "md5")
    source = """
    async def test_it(vonage):
        assert await brands(vonage)
        assert await vonage.opt_ins.query()
    """
    run(source).assert_outcomes(passed=1)


def test_those_who_do_not_use_it_pay_nothing(pytester: pytest.Pytester) -> None:
    program = "import json, sys, pytest\nbefore = set(sys.modules)\nimport aiovonage.testing\n"
    program += "print(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == ["aiovonage", "aiovonage._version", "aiovonage.testing"]
    pytester.makepyfile("def test_nothing(): import sys; assert 'httpx' not in sys.modules")
    plugins = ["-p", "aiovonage.testing", "-p", "no:asyncio", "-p", "no:anyio"]
    done_run = pytester.runpytest_subprocess(
        *plugins, "-p", "no:schemathesis", "-p", "no:respx", "-p", "no:hypothesispytest"
    )
    done_run.assert_outcomes(passed=1)


def test_the_marker_and_the_ini_options_are_documented(run: Run) -> None:
    shown = run("", "--markers").stdout.str()
    assert "@pytest.mark.vonage_sandbox(**options)" in shown
    shown = run("", "--help").stdout.str()
    for name in ("vonage_sandbox_rate", "vonage_sandbox_faults", "vonage_sandbox_socket"):
        assert name in shown


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_example_suite_passes(pytester: pytest.Pytester, mode: str) -> None:
    pytester.makepyfile(test_my_service=(ROOT / "examples" / "testing" / "test_my_service.py").read_text("utf-8"))
    pytester.runpytest_subprocess(*STRICT, "-o", f"asyncio_mode={mode}").assert_outcomes(passed=6)

"""Shows the status of jobs, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from aiovonage.jobs import Job, JobStatus

LINE_EVERY = 5
"""Status updates per printed line when a job is watched without a terminal."""

MOST_PROBLEMS = 8


def members(status: JobStatus) -> dict[str, Any]:
    """The status of a job, as JSON."""
    return {
        **job_members(status.job),
        "state": str(status.state),
        "reason": status.reason,
        "counts": dict(status.counts),
        "pending": status.pending,
        "following": status.following,
        "done": status.done,
        "ok": status.ok,
        "next_due": status.next_due,
        "rate": status.rate,
        "problems": dict(status.problems),
        "workers": [
            {
                "name": worker.name,
                "seen": round(worker.seen, 1),
                "chunks": worker.chunks,
                "outcomes": worker.outcomes,
                "rate": worker.rate,
                "paused": worker.paused,
                "error": worker.error,
            }
            for worker in status.workers
        ],
    }


def job_members(job: Job) -> dict[str, Any]:
    """A job, as JSON."""
    return {
        "id": job.id,
        "key": job.key,
        "account": job.account,
        "target": str(job.target),
        "total": job.total,
        "created_at": job.created_at.isoformat(),
    }


def jobs_table(jobs: list[tuple[Job, JobStatus]]) -> Table:
    """A line for each job."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("job", "key", "account", "state", "done", "total", "what it does"):
        table.add_column(name, justify="right" if name in {"job", "done", "total"} else "left", overflow="fold")
    for job, status in jobs:
        table.add_row(
            str(job.id),
            escape(job.key or ""),
            escape(job.account),
            _state(status),
            f"{status.done:,}",
            f"{status.total:,}",
            escape(str(job.target)),
        )
    return table


def status_view(status: JobStatus) -> RenderableType:
    """All details of a job."""
    parts: list[RenderableType] = [Text.from_markup(f"[bold]{escape(str(status.job))}[/]  {_state(status)}")]
    if status.reason:
        parts.append(Text(f"paused: {status.reason}", style="yellow"))
    numbers = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
    numbers.add_column(justify="right")
    for name, count in status.counts.items():
        numbers.add_row(f"{count:,}", name.replace("_", " "))
    if status.following:
        numbers.add_row(f"{status.following:,}", "of them wait for the carriers")
    if status.pending:
        numbers.add_row(f"{status.pending:,}", "pending")
    rate = f"  ({status.rate:,.0f}/s)" if status.rate else ""
    numbers.add_row(f"[bold]{status.total:,}", f"[bold]numbers, {status.done:,} done{rate}")
    parts.append(numbers)
    if status.problems:
        reasons = Table(box=None, padding=(0, 2, 0, 2))
        reasons.add_column("not ok", justify="right")
        reasons.add_column("reason")
        for reason, count in list(status.problems.items())[:MOST_PROBLEMS]:
            reasons.add_row(f"{count:,}", escape(reason))
        parts.append(reasons)
    if status.workers and not status.is_over:
        parts.append(_workers(status))
    if not status.workers and not status.is_over:
        parts.append(Text("no worker was seen within the last minute: start one with `aiovonage worker`", "yellow"))
    if status.next_due:
        parts.append(Text(f"next look in {status.next_due:,.0f} s", style="dim"))
    return Group(*parts)


def _workers(status: JobStatus) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2))
    for name in ("worker", "chunks", "outcomes", "rate", "note"):
        table.add_column(name, justify="left" if name in {"worker", "note"} else "right")
    for worker in status.workers:
        note = f"held back by a 429, {worker.paused:.0f} s" if worker.paused >= 0.5 else (worker.error or "")
        if worker.seen > 10.0:
            note = f"silent for {worker.seen:.0f} s"
        table.add_row(
            escape(worker.name),
            str(worker.chunks),
            f"{worker.outcomes:,}",
            "" if worker.rate is None else f"{worker.rate:,.0f}/s",
            escape(note),
        )
    return table


def _state(status: JobStatus) -> str:
    colour = {"running": "cyan", "paused": "yellow", "cancelled": "red"}.get(
        str(status.state), "green" if status.ok else "red"
    )
    return f"[{colour}]{status.state}[/]"


class Watch:
    """Shows the progress of a job: live on a terminal, line by line elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._looks = 0
        if self._live is not None:
            self._live.start()

    def show(self, status: JobStatus) -> None:
        """Show a new status."""
        if self._live is not None:
            self._live.update(status_view(status), refresh=True)
        elif self._looks % LINE_EVERY == 0 or status.is_over:
            rate = f", {status.rate:,.0f}/s" if status.rate else ""
            workers = sum(worker.seen < 10.0 for worker in status.workers)
            self._console.print(f"{status}{rate}, {workers} workers", highlight=False)
        self._looks += 1

    def close(self) -> None:
        """Stop the display."""
        if self._live is not None:
            self._live.stop()

"""What a run is, for its journal: the job and its target. A journal is resumed by the same run only."""

from __future__ import annotations


def campaign_run(job: str, brand_id: str, campaign_id: str, **more: str) -> dict[str, str]:
    """A run over the numbers of a 10DLC campaign."""
    return {"job": job, "brand": brand_id, "campaign": campaign_id, **more}


def engagement_run(job: str, engagement_id: str) -> dict[str, str]:
    """A run over the numbers of an engagement."""
    return {"job": job, "engagement": engagement_id}

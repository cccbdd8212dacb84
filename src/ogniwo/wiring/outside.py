"""Whom outside we deal with, as far as the settings name any."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from ogniwo.app.outside import PATIENCE_S, Outside
from ogniwo.base.errors import UsageError
from ogniwo.base.settings import Settings, listed
from ogniwo.partners.contract_pool import ContractPool
from ogniwo.partners.ocsp import OcspResponders


async def outside_of(settings: Settings, stack: AsyncExitStack) -> Outside:
    """Errors: UsageError."""
    vendors, hosts = listed(settings.vendors_kept), listed(settings.ocsp_responders)
    if not hosts and settings.contract_pool is None:
        return Outside(vendors_kept=vendors)
    # No redirects: who may be asked is said by the settings.
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE_S))
    return Outside(
        revocations=OcspResponders(client, hosts) if hosts else None,
        contracts=_contracts(settings, client),
        vendors_kept=vendors,
    )


def _contracts(settings: Settings, client: httpx.AsyncClient) -> ContractPool | None:
    if settings.contract_pool is None:
        return None
    if not settings.contract_pool.startswith(("https://", "http://")):
        raise UsageError(f"contract_pool is a URL, e.g. https://..., not {settings.contract_pool}")
    return ContractPool(client, settings.contract_pool, _token(settings.contract_pool_token_file))


def _token(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"contract_pool_token_file cannot be read: {error}") from error

"""A pool of contract certificates, by the Open Plug&Charge Protocol: what a car asks, it answers.

Both texts are the car's and the pool's own (EXI, in base64): they pass through unread.
"""

from typing import Final

import httpx
import msgspec
from msgspec import Struct

from ogniwo.domain.facts import ContractQuestion, Told

_PATH: Final = "/v1/ccp/signedContractData"


class _Message(Struct):
    certificate_installation_res: str = msgspec.field(name="certificateInstallationRes")


class _Content(Struct):
    message_def: _Message = msgspec.field(name="messageDef")


class _Contents(Struct):
    emaid_content: list[_Content] = msgspec.field(name="emaidContent")


class _Response(Struct):
    ccp_response: _Contents = msgspec.field(name="CCPResponse")


class ContractPool:
    def __init__(self, client: httpx.AsyncClient, url: str, token: str | None) -> None:
        self._client = client
        self._url = url.rstrip("/") + _PATH
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def ask(self, question: ContractQuestion) -> Told:
        asked = {
            "certificateInstallationReq": question.request,
            "xsdMsgDefNamespace": question.schema_version,
        }
        try:
            response = await self._client.post(self._url, json=asked, headers=self._headers)
            response.raise_for_status()
            found = msgspec.json.decode(response.content, type=_Response)
        except httpx.HTTPError as error:
            return Told(
                reason=f"the contract pool did not answer: {str(error) or type(error).__name__}"
            )
        except msgspec.DecodeError as error:
            return Told(reason=f"the contract pool's answer cannot be read: {error}")
        if not found.ccp_response.emaid_content:
            return Told(reason="the contract pool has no contract for this car")
        first = found.ccp_response.emaid_content[0]
        return Told(text=first.message_def.certificate_installation_res)

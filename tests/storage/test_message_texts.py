"""The trace gives back what crossed the wire, to the byte, to whoever asks for it."""

from pathlib import Path

from ogniwo.app.filters import Cut, MessageFilter
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_message, a_station

A = a_station(1, "A")
ODD = '[2,"a",\t"MeterValues",{"value":1.50,"value":1e1,"unit":"ż"},]\u0000'


@on_every_engine
async def test_texts_come_as_they_were_and_only_when_asked_for(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(10, A, call=ODD.encode())])
        models = storage.read_models
        (asked,) = (await models.messages(MessageFilter(texts=True), Cut())).items
        (usual,) = (await models.messages(MessageFilter(), Cut())).items

    assert (asked.call_text, asked.answer_text) == (ODD, "{}")
    assert (usual.call_text, usual.answer_text) == (None, None)
    assert usual.call == asked.call

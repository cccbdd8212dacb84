"""Templates and configuration, as the web room is handed them."""

from ogniwo.app.views import ConfigurationLine, PushedLine
from ogniwo.base.errors import MissingError
from ogniwo.domain.templates import Template


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[str, Template] = {}
        self.lines: list[ConfigurationLine] = []

    async def templates(self) -> list[Template]:
        return list(self.kept.values())

    async def template(self, name: str) -> Template:
        if name not in self.kept:
            raise MissingError("configuration template", name)
        return self.kept[name]

    async def put_template(self, template: Template, *, author: str) -> None:
        self.kept[template.name] = template

    async def remove_template(self, name: str) -> None:
        await self.template(name)
        del self.kept[name]

    async def configuration(self, identity: str) -> list[ConfigurationLine]:
        return self.lines

    async def push(self, identity: str, *, author: str, dry_run: bool) -> list[PushedLine]:
        command = None if dry_run else "1"
        return [
            PushedLine(name=it.name, wanted=it.wanted or "", value=it.value, command_id=command)
            for it in self.lines
            if it.drift
        ]

"""What is done for drivers, joined; and the job that follows their charges, in every role."""

import secrets

from ogniwo.app.driving.accounts import Accounts
from ogniwo.app.driving.charges import Charges
from ogniwo.app.driving.codes import Codes
from ogniwo.app.driving.house_rules import HouseRules
from ogniwo.app.driving.keys import DriverKeys
from ogniwo.app.driving.office import Driving
from ogniwo.app.driving.problem_reports import ProblemReports
from ogniwo.app.jobs import follow_charges, prune_driver_keys
from ogniwo.app.orders import Orders
from ogniwo.app.passwords import Passwords
from ogniwo.app.queries import Queries
from ogniwo.wiring.core import Core


def driving_of(core: Core, queries: Queries, orders: Orders) -> Driving:
    storage, clock, ids = core.storage, core.clock, core.ids
    records, writer = storage.drivers, storage.writer
    keys = DriverKeys(records=records, writer=writer, clock=clock, draw_secret=_secret)
    accounts = Accounts(
        records=records,
        writer=writer,
        keys=keys,
        passwords=Passwords(),
        tokens=core.tokens.file,
        clock=clock,
        ids=ids,
        draw_secret=_secret,
        public_url=core.upload_urls.base_url,
    )
    codes = Codes(
        records=records,
        models=storage.read_models,
        writer=writer,
        clock=clock,
        public_url=core.upload_urls.base_url,
    )
    rules = HouseRules(storage.records, writer, clock, ids)
    charges = Charges(
        records=records,
        holdings=storage.records,
        queries=queries,
        writer=writer,
        orders=orders,
        codes=codes,
        rules=rules,
        accounts=accounts,
        tokens=core.tokens.file,
        clock=clock,
        ids=ids,
    )
    return Driving(
        accounts=accounts,
        keys=keys,
        codes=codes,
        charges=charges,
        rules=rules,
        reports=ProblemReports(records, writer, clock, ids),
        records=records,
    )


def follow(core: Core, driving: Driving) -> None:
    job = follow_charges.FollowCharges(
        drivers=driving.records,
        records=core.storage.records,
        writer=core.storage.writer,
        tokens=core.tokens.file,
        stop=driving.charges.order_stop,
        duty=core.duty,
        clock=core.clock,
    )
    stale = prune_driver_keys.PruneDriverKeys(driving.records, core.storage.writer, core.clock)
    core.tasks.every(follow_charges.EVERY_S, job.run, name="follow charges")
    core.tasks.every(prune_driver_keys.EVERY_S, stale.run, name="prune drivers' keys")


def _secret() -> str:
    return secrets.token_urlsafe(24)

"""All that is done for drivers, as the web room is handed it."""

from msgspec import Struct

from ogniwo.app.driving.accounts import Accounts
from ogniwo.app.driving.charges import Charges
from ogniwo.app.driving.codes import Codes
from ogniwo.app.driving.house_rules import HouseRules
from ogniwo.app.driving.keys import DriverKeys
from ogniwo.app.driving.ports import DriverRecords
from ogniwo.app.driving.problem_reports import ProblemReports


class Driving(Struct, frozen=True, kw_only=True):
    accounts: Accounts
    keys: DriverKeys
    codes: Codes
    charges: Charges
    rules: HouseRules
    reports: ProblemReports
    records: DriverRecords

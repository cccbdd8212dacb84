"""Every bound that more than one room relies on, its reason, and how they relate."""

from typing import Final

from ogniwo.base.errors import invariant

IDENTITY_LENGTH_MAX: Final = 48  # OCPP 2.x identifierString; 1.6 sets no bound
JOB_STATIONS_MAX: Final = 10_000  # of one order for many stations: what people can look through
CALL_TIMEOUT_S: Final = 30  # guidance of OCPP 2.x Part 4 for the first value
CALLS_QUEUED_MAX: Final = 32  # orders waiting per station; the next is refused, never buffered
LINK_SILENCE_S_MAX: Final = 300  # then the socket counts as dead
MAILBOX_ITEMS_MAX: Final = 256  # one station cannot fill the process's memory

COMMAND_DEADLINE_S: Final = 300  # an order to an absent station waits this long by default
FOLLOW_UP_DEADLINE_S: Final = 60  # what a reply promised is sent by then (K15.FR.07) or not at all
COMMAND_DEADLINE_S_MAX: Final = 7 * 24 * 3600
EFFECT_DEADLINE_S: Final = 180  # "Accepted" must show an effect within this time

HEARTBEAT_S: Final = 300  # told to stations at boot
PENDING_RETRY_S: Final = 60  # a pending station asks again after this
REJECTED_RETRY_S: Final = 600

# A station that said it took a new password may have lost power before it kept it, over a weekend.
PREVIOUS_SECRET_S: Final = 3 * 24 * 3600

PAGE_ROWS: Final = 100
PAGE_ROWS_MAX: Final = 1_000

RECENT_SESSIONS_MAX: Final = 16  # ended sessions an aggregate keeps to recognise repeats
RECENT_READINGS_MAX: Final = 128  # digests kept per session to recognise repeated 1.6 values

LATE_DATA_WAIT_S: Final = 900  # an ended session with gaps waits this long for queued events
LATE_DATA_WAIT_OFFLINE_S: Final = 24 * 3600  # and this long if its station is away
LOST_SESSION_S: Final = 900  # a free connector and no reading for this long: the stop was lost
EXCEPTION_WAIT_S: Final = 3_600  # a session that waits longer is shown to people
SILENT_STATION_S: Final = 24 * 3600  # and one that runs at a station unheard of for so long

STORAGE_PATIENCE_S: Final = 10  # messages wait so long; then stations had better keep them
VIEW_PATIENCE_S: Final = 3  # a person had rather be told, and try again

invariant(CALL_TIMEOUT_S < LINK_SILENCE_S_MAX, "a call must fail before its link")
invariant(CALL_TIMEOUT_S < COMMAND_DEADLINE_S, "an order must survive one call")
invariant(
    STORAGE_PATIENCE_S < CALL_TIMEOUT_S, "a station hears of an outage within its own patience"
)

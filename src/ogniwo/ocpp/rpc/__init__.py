"""The RPC frames of OCPP-J: parsing, open calls, timeouts; one state machine without I/O."""

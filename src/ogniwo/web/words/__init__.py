"""Events and OCPP messages in a person's words, Polish and English."""

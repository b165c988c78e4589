"""Call control: what we ask of an Asterisk besides ringing a phone, and how a customer is never left alone by it."""

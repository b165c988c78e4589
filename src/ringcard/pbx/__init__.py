"""How we hear and drive a telephone system: one folder a PBX, all behind the port in `pbx.connector`."""

"""What else the chapter says and can be run: generalisation (§1.1.2) and the claims of its summary (§3); one file each."""

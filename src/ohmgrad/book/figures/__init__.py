"""The chapter's figures, one file each."""

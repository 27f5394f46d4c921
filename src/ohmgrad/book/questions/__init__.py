"""The chapter's thinking questions, one file each."""

"""Where episodes come from: the interface (`base`), the installed ones (`registry`), and those built in."""

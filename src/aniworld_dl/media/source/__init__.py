"""An address at first sight: what it gives, under which name, and which headers may go where."""

"""SQL as text to be judged: may it run (`check`), what does it do (`read`), the same with other values.

Pure: it knows the words of the domain and the errors and touches nothing outside. The text that was checked is what
runs; nothing here ever prints a statement to be run.
"""

from agents.sql.guard import Checked, check, read
from agents.sql.rewriting import with_filters

__all__ = ["Checked", "check", "read", "with_filters"]

"""What everything else stands on: errors, files, seeds, typed sections, kinds and plug-ins."""

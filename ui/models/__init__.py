"""The model room: what answers, and choosing another model that is on this computer."""

"""Pictures of a study, each by the name that its file asks for."""

"""Takes the store elsewhere: to files here, to other databases beside."""

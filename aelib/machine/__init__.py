"""What differs from computer to computer, its Python and its disks; nothing about autoencoders is here."""

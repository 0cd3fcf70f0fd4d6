"""What every client of a server on the network needs: pace, patience, and words for what went wrong."""

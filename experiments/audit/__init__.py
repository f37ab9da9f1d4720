"""What is missing, broken or odd about a study; here nothing is loaded, since workers look at single scans."""

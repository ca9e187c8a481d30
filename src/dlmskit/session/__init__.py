"""Line, link and association joined: the sans-IO machine that client and server are two roles of."""

"""Beginning and end of an association: AARQ and AARE both ways, passes of HLS, release."""

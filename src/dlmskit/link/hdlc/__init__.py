"""HDLC as DLMS uses it: frame format type 3, unbalanced normal response mode, a few frame types."""

"""What is known of makers and companion specifications: device profiles, and deviations with their evidence.

`profile` is what a device profile holds and how its TOML is read, `shipped` the profiles that come with dlmskit,
`addresses` how a physical address follows from a serial number, `registry` which maker's meter deviates how.
"""

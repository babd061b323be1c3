"""The fault lab against this installation: is every outcome right, and is everything given back?"""

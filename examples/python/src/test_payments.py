import unittest

from payments import pay


class Payments(unittest.TestCase):
    def test_what_cannot_be_paid_fails(self):
        with self.assertRaises(ValueError):
            pay({"id": "1", "customer": "bob", "total": -1})

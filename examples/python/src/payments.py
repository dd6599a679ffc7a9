"""What is done with each order: nothing here knows of Lambda, so the test needs no package."""


def pay(order):
    if order["total"] < 0:
        raise ValueError(f"{order['customer']} cannot pay {order['total']}.")
    print(f"{order['customer']} pays {order['total']}")

"""The NIC that the controller is reached by: changes that cut it off are put back by themselves."""

"""What compile, fit, evaluate and predict do: data (`feed`), programs (`program`), the loop, callbacks and progress."""

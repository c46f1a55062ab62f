"""What each operation does to the state: one module or folder per namespace. `all_namespaces` loads them."""

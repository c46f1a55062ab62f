"""What a spec means in terms of Python: one form, from which models, methods and the table of operations are written.

`package_of` makes it. Types are decided in one place (`decide`), for members, parameters, bodies and answers alike.
"""

from codegen.ir.package import Namespace, Package, package_of

__all__ = ["Namespace", "Package", "package_of"]

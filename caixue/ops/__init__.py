"""Operations: the resident engineer's duties as software, one module a duty of the contract."""

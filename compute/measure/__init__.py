"""Measuring: from a suite's list of cases to checked result rows.

`suite` chooses the cases, `worker` (a child process, the only place where JAX lives) runs them with `timing`,
`arithmetic` and `verdict`. `runner` starts the worker (`child`), keeps what it says (`log`), and sees to it that one
machine measures one thing at a time.
"""

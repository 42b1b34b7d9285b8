"""The contenders: one module for each library. A module is imported in its contender's process and nowhere else."""

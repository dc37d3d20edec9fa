// The first file of X64Assembler stands here until the module's own land.

@rem npm runs scripts with cmd.exe on Windows, which lacks the exec of other shells.
@%*

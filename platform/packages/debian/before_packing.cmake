# What is to be in the packages, before they are closed: manual pages compressed and the archive
# without debug information, as Debian's policy wants both.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/*.1)
foreach(page ${pages})
  execute_process(COMMAND gzip -9n ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_DIRECTORY}/*.a)
foreach(archive ${archives})
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives
    --remove-section=.comment ${archive} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# embeddables-agent.dll: the C ABI alone, with the library and all that it needs linked in, so that it
# imports the system's DLLs and nothing else. Beside it an import library of this compiler;
# tests/windows.sh makes one for MSVC's linker.
set(header ${PROJECT_SOURCE_DIR}/include/embeddables/agent_c.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
file(STRINGS ${header} declarations REGEX "^EMB_API ")
set(exports "EXPORTS\n")
foreach(declaration ${declarations})
  if(declaration MATCHES "(emb_[a-z0-9_]+)\\(")
    string(APPEND exports "  ${CMAKE_MATCH_1}\n")
  endif()
endforeach()
set(definitions ${PROJECT_BINARY_DIR}/embeddables-agent.def)
file(GENERATE OUTPUT ${definitions} CONTENT "${exports}")

add_library(embeddables_dll SHARED $<TARGET_OBJECTS:embeddables> ${definitions})
set_target_properties(embeddables_dll PROPERTIES OUTPUT_NAME embeddables-agent PREFIX ""
  LINKER_LANGUAGE CXX)
target_link_libraries(embeddables_dll PRIVATE embeddables_curl embeddables_sqlite Threads::Threads
  ws2_32 crypt32 bcrypt advapi32 secur32 iphlpapi userenv)

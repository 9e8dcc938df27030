# A program in each standard that hosts use, and one in C, each with the library that the parent has
# brought in.

# NAME SOURCE LIBRARY STANDARD: of the language of the source; 20 if the CMake is too old for it.
function(add_program name source library standard)
  add_executable(${name} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${source})
  target_link_libraries(${name} PRIVATE ${library})
  if(source MATCHES "[.]c$")
    set_target_properties(${name} PROPERTIES C_STANDARD ${standard} C_STANDARD_REQUIRED ON)
    return()
  endif()
  if(standard EQUAL 23 AND CMAKE_VERSION VERSION_LESS 3.20)
    set(standard 20)
  endif()
  set_target_properties(${name} PROPERTIES CXX_STANDARD ${standard} CXX_STANDARD_REQUIRED ON)
  # A compiler of C++23's time says that it is later than 20.
  string(REPLACE 23 "20 + 1" least ${standard})
  target_compile_definitions(${name} PRIVATE "LEAST_STANDARD=(${least})")
endfunction()

add_program(consumer consumer.cc embeddables::agent 20)
add_program(consumer_17 consumer.cc embeddables::agent 17)
add_program(consumer_23 consumer.cc embeddables::agent 23)
add_program(consumer_c consumer.c embeddables::agent_c 99)

# A host whose every warning is an error: also those in our header.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options(-Werror -Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded)
else()
  add_compile_options(-Werror -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion -Wundef
    -Wcast-qual "$<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast;-Wnon-virtual-dtor;-Woverloaded-virtual>")
endif()

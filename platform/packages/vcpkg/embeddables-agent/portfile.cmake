# An overlay port, never run here:
#
#   vcpkg install embeddables-agent --overlay-ports=platform/packages/vcpkg
#
# It builds the sources that it lies in, so that there is no version to name and nothing to fetch. A
# registry's copy of it has vcpkg_from_git() instead.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    curl EMBEDDABLES_WITH_CURL
    tools EMBEDDABLES_BUILD_SAMPLES
)
if("tools" IN_LIST FEATURES)
  vcpkg_find_acquire_program(PKGCONFIG)
  list(APPEND FEATURE_OPTIONS "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}")
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DEMBEDDABLES_BUILD_TESTS=OFF
    -DEMBEDDABLES_INSTALL=ON
    -DEMBEDDABLES_PAGE_PLOTS=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/embeddables-agent)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES embeddables-agent embeddables-collector AUTO_CLEAN)
endif()

file(REMOVE_RECURSE
  "${CURRENT_PACKAGES_DIR}/debug/include"
  "${CURRENT_PACKAGES_DIR}/debug/share"
  "${CURRENT_PACKAGES_DIR}/debug/lib/systemd"
  "${CURRENT_PACKAGES_DIR}/lib/systemd"
)
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage"
  DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
# The owner has not chosen a licence: THIRD-PARTY.md says so, and names what is taken from others.
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/THIRD-PARTY.md")

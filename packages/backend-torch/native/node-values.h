// What Node-API returns and takes, without its status codes.
#pragma once

#include <node_api.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace kdx {

inline void check(napi_status status) {
  if (status != napi_ok) throw std::invalid_argument("an argument is of the wrong type");
}

inline napi_valuetype typeOf(napi_env env, napi_value value) {
  napi_valuetype type;
  check(napi_typeof(env, value, &type));
  return type;
}

inline bool isAbsent(napi_env env, napi_value value) {
  const auto type = typeOf(env, value);
  return type == napi_undefined || type == napi_null;
}

inline double toDouble(napi_env env, napi_value value) {
  double number;
  if (napi_get_value_double(env, value, &number) == napi_ok) return number;
  bool truth;
  check(napi_get_value_bool(env, value, &truth));
  return truth;
}

inline int64_t toInt(napi_env env, napi_value value) { return static_cast<int64_t>(toDouble(env, value)); }

inline std::string toString(napi_env env, napi_value value) {
  size_t length;
  check(napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  check(napi_get_value_string_utf8(env, value, &text[0], length + 1, &length));
  return text;
}

template <class Convert>
auto toVector(napi_env env, napi_value array, Convert convert) {
  uint32_t length;
  check(napi_get_array_length(env, array, &length));
  std::vector<decltype(convert(array))> values;
  values.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    check(napi_get_element(env, array, i, &element));
    values.push_back(convert(element));
  }
  return values;
}

inline std::vector<int64_t> toInts(napi_env env, napi_value array) {
  return toVector(env, array, [env](napi_value element) { return toInt(env, element); });
}

inline napi_value fromDouble(napi_env env, double number) {
  napi_value value;
  check(napi_create_double(env, number, &value));
  return value;
}

inline napi_value fromBool(napi_env env, bool truth) {
  napi_value value;
  check(napi_get_boolean(env, truth, &value));
  return value;
}

inline napi_value fromString(napi_env env, const std::string& text) {
  napi_value value;
  check(napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

inline napi_value undefined(napi_env env) {
  napi_value value;
  check(napi_get_undefined(env, &value));
  return value;
}

template <class Values, class Convert>
napi_value fromVector(napi_env env, const Values& values, Convert convert) {
  napi_value array;
  check(napi_create_array_with_length(env, values.size(), &array));
  uint32_t index = 0;
  for (const auto& value : values) check(napi_set_element(env, array, index++, convert(value)));
  return array;
}

/// A typed array's memory, and how many bytes it holds.
struct HostMemory {
  void* data;
  size_t bytes;
};

inline HostMemory toHostMemory(napi_env env, napi_value array) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  check(napi_get_typedarray_info(env, array, &type, &length, &data, nullptr, nullptr));
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return {data, length};
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return {data, length * 4};
    default:
      throw std::invalid_argument("an array is neither of bytes nor of 32-bit numbers");
  }
}

}  // namespace kdx

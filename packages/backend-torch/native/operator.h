// An operator of libtorch's dispatcher, called boxed: arguments go on a stack as its schema says, results come off it.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "node-values.h"
#include "tensor-table.h"

namespace kdx {

class Operator {
 public:
  explicit Operator(c10::OperatorHandle handle)
      : handle_(std::move(handle)), name_(c10::toString(handle_.operator_name())) {}

  const std::string& name() const { return name_; }

  napi_value call(napi_env env, TensorTable& tensors, const napi_value* args, size_t count) const {
    // Gradients are TensorFlow.js's business: nothing here is recorded or versioned.
    c10::InferenceMode inference(true);
    const auto& parameters = handle_.schema().arguments();
    if (count > parameters.size()) throw std::invalid_argument("too many arguments");
    torch::jit::Stack stack;
    stack.reserve(parameters.size());
    for (size_t i = 0; i < parameters.size(); i++) {
      const bool given = i < count && typeOf(env, args[i]) != napi_undefined;
      if (given) {
        stack.push_back(toIValue(env, tensors, args[i], *parameters[i].type()));
      } else {
        stack.push_back(parameters[i].default_value().value_or(c10::IValue()));
      }
    }
    handle_.callBoxed(stack);
    if (stack.empty()) return undefined(env);
    if (stack.size() == 1) return fromIValue(env, tensors, stack[0]);
    return fromVector(env, stack, [&](const c10::IValue& value) { return fromIValue(env, tensors, value); });
  }

 private:
  static c10::IValue toIValue(napi_env env, const TensorTable& tensors, napi_value value, const c10::Type& type) {
    switch (type.kind()) {
      case c10::TypeKind::OptionalType:
        if (isAbsent(env, value)) return c10::IValue();
        return toIValue(env, tensors, value, *type.containedType(0));
      case c10::TypeKind::TensorType: {
        const auto handle = toInt(env, value);
        return handle == 0 ? at::Tensor() : tensors.at(handle);
      }
      case c10::TypeKind::IntType:
      case c10::TypeKind::SymIntType:
        return toInt(env, value);
      case c10::TypeKind::FloatType:
        return toDouble(env, value);
      case c10::TypeKind::BoolType:
        return toDouble(env, value) != 0;
      case c10::TypeKind::NumberType:
        return toScalar(env, value);
      case c10::TypeKind::StringType:
        return toString(env, value);
      case c10::TypeKind::DeviceObjType:
        return c10::Device(toString(env, value));
      case c10::TypeKind::ListType:
        return toList(env, tensors, value, *type.containedType(0));
      default:
        throw std::invalid_argument("no argument of type " + type.str() + " can be passed");
    }
  }

  /// A whole number stays an integer: a float scalar would turn an integer tensor into a float one.
  static c10::IValue toScalar(napi_env env, napi_value value) {
    if (typeOf(env, value) == napi_boolean) return toDouble(env, value) != 0;
    const double number = toDouble(env, value);
    const bool isWhole = number == std::trunc(number) && std::abs(number) < 9e15;
    if (isWhole && !(number == 0 && std::signbit(number))) return static_cast<int64_t>(number);
    return number;
  }

  static c10::IValue toList(napi_env env, const TensorTable& tensors, napi_value value, const c10::Type& element) {
    switch (element.kind()) {
      case c10::TypeKind::IntType:
      case c10::TypeKind::SymIntType:
        return c10::List<int64_t>(c10::ArrayRef<int64_t>(toInts(env, value)));
      case c10::TypeKind::FloatType: {
        const auto numbers = toVector(env, value, [env](napi_value item) { return toDouble(env, item); });
        return c10::List<double>(c10::ArrayRef<double>(numbers));
      }
      case c10::TypeKind::BoolType: {
        c10::List<bool> list;
        for (const auto item : toInts(env, value)) list.push_back(item != 0);
        return list;
      }
      case c10::TypeKind::TensorType: {
        c10::List<at::Tensor> list;
        for (const auto handle : toInts(env, value)) list.push_back(tensors.at(handle));
        return list;
      }
      case c10::TypeKind::NumberType: {
        c10::impl::GenericList list(c10::NumberType::get());
        for (auto& item : toVector(env, value, [env](napi_value item) { return toScalar(env, item); })) {
          list.push_back(item);
        }
        return list;
      }
      case c10::TypeKind::OptionalType: {
        c10::impl::GenericList list(c10::OptionalType::ofTensor());
        for (auto& item : toVector(env, value, [env](napi_value item) {
               return isAbsent(env, item) ? int64_t{0} : toInt(env, item);
             })) {
          list.push_back(item == 0 ? c10::IValue() : c10::IValue(tensors.at(item)));
        }
        return list;
      }
      default:
        throw std::invalid_argument("no list of " + element.str() + " can be passed");
    }
  }

  static napi_value fromIValue(napi_env env, TensorTable& tensors, const c10::IValue& value) {
    if (value.isTensor()) return fromDouble(env, tensors.put(value.toTensor()));
    if (value.isInt()) return fromDouble(env, static_cast<double>(value.toInt()));
    if (value.isDouble()) return fromDouble(env, value.toDouble());
    if (value.isBool()) return fromBool(env, value.toBool());
    if (value.isNone()) return undefined(env);
    if (value.isTensorList()) {
      const std::vector<at::Tensor> list = value.toTensorVector();
      return fromVector(env, list, [&](const at::Tensor& item) { return fromDouble(env, tensors.put(item)); });
    }
    throw std::invalid_argument("no result of type " + value.tagKind() + " can be returned");
  }

  c10::OperatorHandle handle_;
  std::string name_;
};

}  // namespace kdx

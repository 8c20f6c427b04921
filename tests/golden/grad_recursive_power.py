def pop_or(stack, zero):
    """The top of the stack, removed; `zero` if there is none."""
    return stack.pop() if stack else zero


def grad_recursive_power(x, n):
    """(x: f64, n: i64) -> f64"""
    is_low_tape = []
    v_tape = []
    v_tape_1 = []
    slot_tape = []
    x_tape = []
    returns = []
    frame = []
    pc = 1
    slot = x
    slot_1 = n
    count = 0
    while pc != 0:
        is_low = pc <= 1
        if is_low:
            # if n == 0:
            is_low_1 = slot_1 == 0
            if is_low_1:
                pc = pop_or(returns, 0)
                slot_2 = 1.0
                v = False
            else:
                # if n % 2 == 0:
                v = slot_1 % 2 == 0
                if v:
                    # half = recursive_power(x, n // 2)
                    slot_1 //= 2
                    returns.append(2)
                else:
                    # return x * recursive_power(x, n - 1)
                    slot_1 -= 1
                    frame.append(slot)
                    returns.append(3)
                pc = 1
                slot_2 = slot
            x = 0.0
        else:
            is_low_1 = pc <= 2
            if is_low_1:
                # return half * half
                slot_2 = slot * slot
                pc = pop_or(returns, 0)
                x = 0.0
            else:
                x = pop_or(frame, 0.0)
                # return x * recursive_power(x, n - 1)
                slot_2 = x * slot
                pc = pop_or(returns, 0)
            v = False
        is_low_tape.append(is_low)
        v_tape.append(is_low_1)
        v_tape_1.append(v)
        slot_tape.append(slot)
        x_tape.append(x)
        count += 1
        slot = slot_2
    frame_bar = []
    slot_bar = 1.0
    for _ in range(count):
        is_low = is_low_tape.pop()
        v_1 = v_tape.pop()
        v_2 = v_tape_1.pop()
        slot = slot_tape.pop()
        x = x_tape.pop()
        if is_low:
            if v_1:
                slot_bar = 0.0
            elif not v_2:
                slot_bar_1 = pop_or(frame_bar, 0.0)
                slot_bar += slot_bar_1
        else:
            if v_1:
                # return half * half
                slot_bar *= slot
                slot_bar_1 = slot_bar + slot_bar
            else:
                # return x * recursive_power(x, n - 1)
                slot_bar_1 = slot_bar * x
                frame_bar.append(slot_bar * slot)
            slot_bar = slot_bar_1
    return slot_bar
